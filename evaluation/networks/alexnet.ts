// AlexNet's convolutions (Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks") with the
// names of torchvision's file, up to each of the five rectifiers that LPIPS looks at.
import type { Trunk } from './perceptual-distance.ts';

/** (x − shift) / scale on −1…1 is the ImageNet normalisation that the weights were trained with. */
export const alexnet: Trunk = {
  side: 256,
  shift: [-0.03, -0.088, -0.188],
  scale: [0.458, 0.448, 0.45],
  taps: (layers, x) => {
    const { conv, relu, maxPool } = layers;
    const first = relu(conv(x, 'features.0', { stride: 4, padding: 2 })); // (B, 64, …)
    const second = relu(conv(maxPool(first, 3, 2), 'features.3', { padding: 2 })); // (B, 192, …)
    const third = relu(conv(maxPool(second, 3, 2), 'features.6', { padding: 1 })); // (B, 384, …)
    const fourth = relu(conv(third, 'features.8', { padding: 1 })); // (B, 256, …)
    const fifth = relu(conv(fourth, 'features.10', { padding: 1 })); // (B, 256, …)
    return [first, second, third, fourth, fifth];
  },
};
