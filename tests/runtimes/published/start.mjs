// Starts aws-lambda-ric as AWS's managed Node.js runtimes do.
const { run } = await import(process.env.PUBLISHED_CLIENT);
await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
