"""A segmenter of generated shapes whose coarsest features GRUs sweep in four directions."""

task = 'semantic'
data = dict(type='shapes', train=320)
image_size = (128, 128)
backbone = 'efficientnet-lite0'
neck = dict(type='recurrent-context', out_channels=64)
head = dict(type='segformer', channels=64)
losses = dict(pixel='lovasz')
augmentations = ['flip', 'color-jitter']
metrics = ['iou']
schedule = dict(epochs=6, batch_size=8, lr=2e-3, warmup_epochs=1, val_interval=3)
