"""Instance segmentation of generated shapes, in two stages."""

task = 'instance'
data = dict(type='shapes')
image_size = (128, 128)
backbone = 'resnet18'
head = 'mask-rcnn'
augmentations = ['flip', 'color-jitter']
metrics = ['coco']
schedule = dict(epochs=12, batch_size=4, optimizer='sgd', lr=0.01, weight_decay=1e-4, warmup_epochs=1, clip_grad=10.0)
