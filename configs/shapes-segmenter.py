"""A semantic segmenter that learns generated shapes on a CPU in minutes: no download."""

task = 'semantic'
data = dict(type='shapes')
image_size = (128, 128)
backbone = 'resnet18'
head = dict(type='segformer', channels=64)
augmentations = ['flip', 'color-jitter']
metrics = ['iou']
schedule = dict(epochs=12, batch_size=8, optimizer='adamw', lr=1e-3, warmup_epochs=1)
