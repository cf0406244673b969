"""Instance segmentation of generated shapes, in two stages."""

task = 'instance'
data = dict(type='shapes')
image_size = (128, 128)
backbone = 'efficientnet-lite0'
head = 'mask-rcnn'
augmentations = ['flip', 'color-jitter']
metrics = ['coco']
schedule = dict(epochs=12, batch_size=4, lr=3e-4, warmup_epochs=1, clip_grad=10.0)
