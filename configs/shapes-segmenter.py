"""A semantic segmenter that learns generated shapes on a CPU in minutes: no download."""

task = 'semantic'
data = dict(type='shapes', train=640)
image_size = (128, 128)
backbone = 'efficientnet-lite0'
head = dict(type='segformer', channels=64)
losses = dict(pixel='lovasz')
augmentations = ['flip', 'color-jitter']
metrics = ['iou']
schedule = dict(epochs=10, batch_size=8, lr=2e-3, warmup_epochs=1, val_interval=2)
