export { compileHash, compileMask, conceal, hashOptions, maskOptions, SecretName } from './conceal.ts';
export { Globs } from './globs.ts';
export { booleanOf, type LeafFunction, numberOf } from './leaf-functions.ts';
export { copyOf, define, isContainer, isLeaf, isObject, type Leaf } from './object.ts';
export { answersAtOnce, jsonOf } from './own-code.ts';
export { compilePlaces } from './places.ts';
export { compileTransform, type Failed, transformOptions } from './transform.ts';
export { type UnfitReason, UnfitValue } from './unfit.ts';
