"""An organ and its lesions in CT volumes, slice by slice: on generated bodies, no download."""

task = 'semantic'
data = dict(type='phantom', root='phantom', empty=False)
image_size = (96, 96)
backbone = 'efficientnet-lite0'
head = dict(type='unet', channels=16, upsamplings=1)
losses = dict(pixel=['cross-entropy', dict(type='lovasz', loss_weight=2.0)])
augmentations = [
    dict(type='window', centre=50, width=300),
    dict(type='rotate', degrees=8), dict(type='scale', factor=(0.85, 1.2)), dict(type='crop', size=(96, 96)),
]
metrics = ['surface', 'iou']
schedule = dict(epochs=8, batch_size=4, optimizer='adamw', lr=3e-3, warmup_epochs=1, ema=0.98, val_interval=4)
