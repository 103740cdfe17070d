console.log('leaving');
process.exit(5);
