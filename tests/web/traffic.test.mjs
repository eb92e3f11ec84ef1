// What counts as a request, and which of them leave the site.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trafficFrom } from '../../www/offline/traffic.js';

test('requests are told from addresses within the browser, and this site from others', () => {
  const names = [
    'https://photos.example/naobu/www/main.js',
    'https://photos.example/naobu/pkg/naobu_bg.wasm',
    'https://photos.example:8443/',
    'http://photos.example/',
    'https://cdn.example/model.onnx',
    'blob:https://photos.example/5f2c',
    'data:text/plain,a',
  ];
  const entries = names.map((name) => ({ name }));
  const traffic = trafficFrom(entries, 'https://photos.example');
  assert.deepEqual(traffic, { requests: 5, elsewhere: 3, sentBytes: 0 });
});
