// Answers with its event, after the milliseconds it asks for.

export async function handler(event) {
  if (event.ms) await new Promise((resolve) => setTimeout(resolve, event.ms));
  return event;
}
