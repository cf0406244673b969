"""A segmenter of generated shapes with blocks of attention in every stage of its backbone."""

task = 'semantic'
data = dict(type='shapes', train=240, test=120)
image_size = (96, 96)
backbone = 'efficientnet-lite0'
blocks = dict(backbone=['squeeze-excitation'])
head = dict(type='segformer', channels=64)
losses = dict(pixel='lovasz')
augmentations = ['flip', 'color-jitter']
metrics = ['iou']
schedule = dict(epochs=6, batch_size=8, lr=2e-3, warmup_epochs=1, val_interval=3)
