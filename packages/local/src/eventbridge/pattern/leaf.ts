/** A value at the end of a path; objects and arrays are never leaves. */
export type Leaf = string | number | boolean | null;
/** Whether a leaf is what a pattern wants. */
export type Test = (value: Leaf) => boolean;
