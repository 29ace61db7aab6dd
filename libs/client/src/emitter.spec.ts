import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Emitter } from './emitter.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

it('tells every listener although one throws, whose error surfaces in a turn of its own', () => {
  const emitter = new Emitter<{ said: string }>();
  const heard: string[] = [];
  emitter.on('said', () => {
    throw new Error('a fault of the application');
  });
  emitter.on('said', (text) => heard.push(text));
  emitter.emit('said', 'hello');
  expect(heard).toEqual(['hello']);
  expect(() => jest.runAllTimers()).toThrow('a fault of the application');
});
