import { value } from './other.js';
export const handler = async () => [value, typeof require];
