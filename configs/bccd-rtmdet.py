"""Blood cells in microscope images: a detector that starts from ImageNet weights."""

task = 'detection'
classes = ['RBC', 'WBC', 'Platelets']
data = dict(type='voc', root='bccd')
image_size = (320, 320)
backbone = 'efficientnet-lite0'
head = 'rtmdet'
augmentations = ['flip', dict(type='scale', factor=(0.8, 1.25)), 'crop', 'color-jitter']
metrics = ['coco']
schedule = dict(epochs=30, batch_size=8, optimizer='adamw', lr=1e-3, warmup_epochs=1, clip_grad=10.0)
