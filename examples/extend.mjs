// Makes a photo wider by a quarter: node extend.mjs photo.jpg wide.png
import { readFile, writeFile } from 'node:fs/promises';
import { open } from 'naobu';

const [from, to] = process.argv.slice(2);
const naobu = await open();
const photo = await naobu.decode(await readFile(from));
const right = Math.round(photo.width / 4);
const wide = await naobu.extend(photo, { right }, { onProgress: console.log });
await writeFile(to, await naobu.encode(wide, 'png'));
naobu.close();
