// Headless Firefox by WebDriver BiDi: the few commands that a page test needs, over one WebSocket.
// https://www.w3.org/TR/webdriver-bidi/

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

/** Where Firefox is; empty where there is none. */
export function findFirefox() {
  const named = process.env['FIREFOX'];
  if (named !== undefined) return existsSync(named) ? named : '';
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = ['firefox-esr', 'firefox'].flatMap((name) => folders.map((dir) => join(dir, name)));
  paths.push('/Applications/Firefox.app/Contents/MacOS/firefox');
  return paths.find((path) => existsSync(path)) ?? '';
}

/**
 * Starts Firefox with a profile of its own, in English, saving downloads into a folder.
 * @param {string} program
 */
export async function launchFirefox(program) {
  const profile = await mkdtemp(join(tmpdir(), 'naobu-firefox-'));
  const downloads = await mkdtemp(join(tmpdir(), 'naobu-downloads-'));
  const prefs = {
    'browser.download.folderList': 2,
    'browser.download.dir': downloads,
    'browser.download.useDownloadDir': true,
    'browser.download.always_ask_before_handling_new_types': false,
    'intl.accept_languages': 'en-GB',
    'intl.locale.requested': 'en-GB',
    'datareporting.policy.dataSubmissionEnabled': false,
    'toolkit.telemetry.reportingpolicy.firstRun': false,
    'app.update.enabled': false,
  };
  const lines = Object.entries(prefs).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  await writeFile(join(profile, 'user.js'), lines.join('\n'));
  const flags = ['--headless', '--no-remote', '--remote-debugging-port=0', '--profile', profile];
  const running = spawn(program, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  const close = async () => {
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill();
    await Promise.race([ended, sleep(10_000)]);
    for (const folder of [profile, downloads]) {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  };
  try {
    const session = await Session.open(await addressFrom(running));
    return { session, downloads, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What Firefox says on its way up. @param {import('node:child_process').ChildProcess} running @returns {Promise<string>} */
function addressFrom(running) {
  return new Promise((resolve, reject) => {
    let text = '';
    running.stderr?.on('data', (part) => {
      text += part;
      const address = text.match(/WebDriver BiDi listening on (ws:\/\/\S+)/)?.[1];
      if (address) resolve(`${address}/session`);
    });
    running.once('error', reject);
    running.once('exit', (code) => reject(new Error(`Firefox ended with ${code}:\n${text}`)));
  });
}

/** One tab. */
class Session {
  #socket;
  #lastId = 0;
  #waiting = /** @type {Map<number, (answer: any) => void>} */ (new Map());
  #context = '';

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data));
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** @param {string} address */
  static async open(address) {
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const session = new Session(socket);
    await session.send('session.new', { capabilities: {} });
    const { contexts } = await session.send('browsingContext.getTree', {});
    session.#context = contexts[0].context;
    return session;
  }

  /** @param {string} method @param {object} params @returns {Promise<any>} */
  send(method, params) {
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => {
        if (answer.type === 'success') resolve(answer.result);
        else reject(new Error(`${method}: ${answer.error}: ${answer.message}`));
      });
    });
  }

  /** @param {string} url */
  goto(url) {
    return this.send('browsingContext.navigate', { context: this.#context, url, wait: 'complete' });
  }

  /** The value of an expression on the page. @param {string} expression @returns {Promise<any>} */
  async evaluate(expression) {
    const target = { context: this.#context };
    const params = { expression, target, awaitPromise: true, userActivation: true };
    const answer = await this.send('script.evaluate', params);
    if (answer.type !== 'success') throw new Error(answer.exceptionDetails.text);
    return answer.result.value;
  }

  /** Waits until an expression is true. @param {string} expression @param {number} millis */
  async until(expression, millis) {
    const end = Date.now() + millis;
    while (!(await this.evaluate(`Boolean(${expression})`))) {
      if (Date.now() > end) throw new Error(`never true: ${expression}`);
      await sleep(200);
    }
  }

  /** Chooses a file as a visitor would. @param {string} selector @param {string} file */
  async setFile(selector, file) {
    const context = this.#context;
    const locator = { type: 'css', value: selector };
    const { nodes } = await this.send('browsingContext.locateNodes', { context, locator });
    const element = { sharedId: nodes[0].sharedId };
    await this.send('input.setFiles', { context, element, files: [file] });
  }

  /** Moves the mouse with its button down along points of the window. @param {[number, number][]} points */
  async drag(points) {
    const [[x, y] = [0, 0], ...rest] = points;
    const actions = [
      { type: 'pointerMove', x: Math.round(x), y: Math.round(y) },
      { type: 'pointerDown', button: 0 },
      ...rest.map(([x, y]) => ({ type: 'pointerMove', x: Math.round(x), y: Math.round(y) })),
      { type: 'pointerUp', button: 0 },
    ];
    const sources = [
      { type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions },
    ];
    await this.send('input.performActions', { context: this.#context, actions: sources });
  }
}

/** The first whole file that arrives in a folder. @param {string} folder @param {number} millis */
export async function downloaded(folder, millis) {
  const end = Date.now() + millis;
  for (;;) {
    const names = await readdir(folder);
    const name = names.find((each) => !each.endsWith('.part'));
    if (name && !names.some((each) => each.endsWith('.part'))) {
      const bytes = await readFile(join(folder, name));
      if (bytes.length > 0) return { name, bytes };
    }
    if (Date.now() > end) throw new Error(`nothing was saved: ${names}`);
    await sleep(200);
  }
}
