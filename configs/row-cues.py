"""Figures whose class stands at the other end of their row: further than convolutions see here."""

task = 'semantic'
classes = ['ground', 'red', 'green']
data = dict(type='mask-folders', root='row-cues')  # drawn by plugins/segdet-recurrent/tools/make_row_cues.py
image_size = (64, 448)
backbone = dict(type='resnet18', base_channels=16)
neck = dict(type='recurrent-context', out_channels=32)
head = dict(type='segformer', channels=32)
losses = dict(pixel=dict(type='cross-entropy', class_weight=[0.02, 1.0, 1.0]))  # figures cover a fiftieth
augmentations = []
metrics = ['iou']
schedule = dict(epochs=12, batch_size=8, lr=1e-3, warmup_epochs=1, clip_grad=10.0, val_interval=6)
