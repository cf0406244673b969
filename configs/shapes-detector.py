"""A detector that learns generated shapes on a CPU in minutes: no download."""

task = 'detection'
data = dict(type='shapes', train=640)
image_size = (128, 128)
backbone = 'efficientnet-lite0'
head = 'rtmdet'
augmentations = ['flip', 'color-jitter']
metrics = ['coco']
schedule = dict(epochs=10, batch_size=8, lr=1e-3, warmup_epochs=1, clip_grad=10.0, val_interval=2)
