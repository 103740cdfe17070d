await Promise.resolve();
throw new RangeError('while loading');
