export const handler = async () => 'after top-level await: ' + (await value);
const value = new Promise((resolve) => setTimeout(resolve, 20, 'ready'));
await value;
