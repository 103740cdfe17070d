// The function of a rehearsal, loaded as CommonJS.
'use strict';

exports.handler = async (event) => event;
