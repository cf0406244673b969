"""Nuclei under a fluorescence microscope, told from what is around them: starts from ImageNet weights."""

task = 'semantic'
classes = ['background', 'nucleus']
data = dict(type='instance-folders', root='dsb2018', splits=dict(test='val'))
image_size = (256, 256)
backbone = 'efficientnet-lite0'
head = dict(type='unet', channels=16, upsamplings=1)
losses = dict(pixel=['cross-entropy', 'dice'])
augmentations = [
    'flip', dict(type='flip', direction='vertical'),
    dict(type='scale', factor=(0.7, 1.4)), dict(type='crop', size=(256, 256)), 'color-jitter',
]
metrics = ['iou']
schedule = dict(
    epochs=24, batch_size=8, optimizer='adamw', lr=1e-3, warmup_epochs=1, ema=0.99, val_interval=6,
)
runtime = dict(precision='bf16', channels_last=True)
