// The function of a rehearsal, loaded as an ES module.
export const handler = async (event) => event;
