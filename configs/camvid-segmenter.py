"""Street scenes: a semantic segmenter that starts from ImageNet weights."""

task = 'semantic'
classes = [
    'Sky', 'Building', 'Pole', 'Road', 'Pavement', 'Tree',
    'SignSymbol', 'Fence', 'Car', 'Pedestrian', 'Bicyclist',
]
data = dict(type='mask-folders', root='camvid', ignore_index=11)
image_size = (360, 480)
backbone = 'efficientnet-lite0'
head = dict(type='unet', channels=32, upsamplings=1)
# in proportion to 1 / sqrt(share of the pixels): without weights the rare classes are learnt last
losses = dict(pixel=[
    dict(type='cross-entropy', class_weight=[0.9, 0.75, 3.7, 0.7, 1.5, 1.1, 3.3, 3.1, 1.5, 4.7, 5.8]),
    'lovasz',
])
augmentations = [
    dict(type='scale', factor=(0.6, 1.7)), dict(type='crop', size=(256, 320)), 'flip', 'color-jitter',
]
metrics = ['iou']
schedule = dict(
    epochs=44, batch_size=8, optimizer='adamw', lr=2e-3, warmup_epochs=1, layer_decay=0.6, ema=0.99,
    val_interval=11,
)
runtime = dict(precision='bf16', channels_last=True)
