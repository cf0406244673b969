"""Blood cells in microscope images: a detector that starts from ImageNet weights."""

task = 'detection'
classes = ['RBC', 'WBC', 'Platelets']
data = dict(type='voc', root='bccd')
image_size = (384, 512)
backbone = 'efficientnet-lite0'
head = 'rtmdet'
augmentations = [
    'flip', dict(type='flip', direction='vertical'),
    dict(type='scale', factor=(0.65, 1.25)), dict(type='crop', size=(288, 384)), 'color-jitter',
]
metrics = ['coco']
schedule = dict(
    epochs=75, batch_size=8, optimizer='adamw', lr=1e-3, warmup_epochs=2, clip_grad=10.0, ema=0.996,
    val_interval=15,
)
runtime = dict(precision='bf16', channels_last=True)
