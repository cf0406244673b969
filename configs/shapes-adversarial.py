"""A small segmenter that learns from 60 labelled images and from 480 without labels. Data is generated."""

task = 'semantic'
data = dict(type='shapes', root='shapes-60', train=60, image_size=64)
image_size = (64, 64)
backbone = 'efficientnet-lite0'
head = dict(type='segformer', channels=64)
losses = dict(pixel=dict(type='cross-entropy', class_weight=[0.2, 1.0, 1.0, 1.0, 1.0]))
method = dict(
    type='adversarial',
    lr=5e-4,
    channels=16,
    unlabelled='shapes-480/images/train',
    semi_after=100,
)
augmentations = ['flip', 'color-jitter']
metrics = ['iou']
schedule = dict(epochs=40, batch_size=8, lr=5e-3, warmup_epochs=2, val_interval=10)
