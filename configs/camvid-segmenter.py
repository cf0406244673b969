"""Street scenes: a semantic segmenter that starts from ImageNet weights."""

task = 'semantic'
classes = [
    'Sky', 'Building', 'Pole', 'Road', 'Pavement', 'Tree',
    'SignSymbol', 'Fence', 'Car', 'Pedestrian', 'Bicyclist',
]
data = dict(type='mask-folders', root='camvid', ignore_index=11)
image_size = (360, 480)
backbone = 'efficientnet-lite0'
head = dict(type='segformer', channels=128)
augmentations = [
    dict(type='scale', factor=(0.5, 2.0)), dict(type='crop', size=(256, 256)), 'flip', 'color-jitter',
]
metrics = ['iou']
schedule = dict(epochs=40, batch_size=8, optimizer='adamw', lr=1e-3, warmup_epochs=1)
