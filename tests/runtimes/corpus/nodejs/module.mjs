export const handler = async () => import.meta.url.split('/').pop();
export default { nested: async () => 'default' };
