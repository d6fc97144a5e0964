import type fc from 'fast-check';
import type { KernelKind } from '../../step-plan/operations';
import { anyConvolution } from './convolution-cases';
import { ELEMENTWISE_CASES } from './elementwise-cases';
import type { KernelCase } from './kernel-case';
import { NORMALISATION_CASES } from './normalisation-cases';
import { OTHER_CASES } from './other-cases';

/** Random cases of every operation: a kind without cases does not compile. */
export const KERNEL_CASES: Readonly<Record<KernelKind, fc.Arbitrary<KernelCase>>> = {
  conv2d: anyConvolution('conv2d'),
  depthwiseConv2d: anyConvolution('depthwiseConv2d'),
  conv2dInputGradient: anyConvolution('conv2dInputGradient'),
  depthwiseConv2dInputGradient: anyConvolution('depthwiseConv2dInputGradient'),
  conv2dFilterGradient: anyConvolution('conv2dFilterGradient'),
  depthwiseConv2dFilterGradient: anyConvolution('depthwiseConv2dFilterGradient'),
  ...NORMALISATION_CASES,
  ...ELEMENTWISE_CASES,
  ...OTHER_CASES,
};
