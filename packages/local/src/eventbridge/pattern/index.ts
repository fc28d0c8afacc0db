export { type CompiledPattern, compilePattern } from './compile.ts';
export { InvalidPattern } from './invalid.ts';
export { matchesEvent } from './match.ts';
