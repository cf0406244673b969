"""Nuclei under a fluorescence microscope, each with its mask: starts from ImageNet weights."""

task = 'instance'
classes = ['nucleus']
data = dict(type='instance-folders', root='dsb2018', splits=dict(test='val'))
image_size = (512, 512)  # twice the images': half of the nuclei are under 14 pixels wide
backbone = 'efficientnet-lite0'
head = 'rtmdet-ins'
augmentations = [
    'flip', dict(type='flip', direction='vertical'),
    dict(type='scale', factor=(0.7, 1.4)), dict(type='crop', size=(320, 320)), 'color-jitter',
]
metrics = ['coco']
schedule = dict(
    epochs=16, batch_size=8, optimizer='adamw', lr=1e-3, warmup_epochs=1, clip_grad=10.0, ema=0.995,
    val_interval=8,
)
runtime = dict(precision='bf16', channels_last=True)
