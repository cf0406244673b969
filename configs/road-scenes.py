"""Cars and people on generated streets: a detector for video that learns on a CPU in minutes."""

task = 'detection'
data = dict(type='road-scenes')
image_size = (128, 224)
backbone = 'efficientnet-lite0'
head = 'rtmdet'
augmentations = [
    'flip', dict(type='scale', factor=(0.7, 1.4)), dict(type='crop', size=(128, 224)), 'color-jitter',
]
metrics = ['coco']
schedule = dict(epochs=4, batch_size=8, lr=1.5e-3, warmup_epochs=0.5, clip_grad=10.0, val_interval=4)
