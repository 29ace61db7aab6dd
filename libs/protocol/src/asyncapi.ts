export * from './asyncapi/answers.js';
export * from './asyncapi/document.js';
export * from './asyncapi/frame-examples.js';
export * from './asyncapi/request-examples.js';
