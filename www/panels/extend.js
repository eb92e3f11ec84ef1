// The settings of Extend: shapes, amounts, sizes.

import {
  PRESETS,
  SIDES,
  amountFromField,
  amountsFromRatios,
  areSameAmounts,
  fieldFromAmount,
  isEmptyFrame,
  ratioName,
  sizeFromAmounts,
} from '../drawing/geometry.js';
import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId, hasRoom } from './dom.js';

/** @import { Preset, Side } from '../drawing/geometry.js' */
/** @import { Snapshot } from '../store.js' */

/**
 * @typedef {object} ExtendWishes
 * @property {(preset: Preset) => void} choosePreset
 * @property {(side: Side, amountPx: number) => void} setAmount  while it is being typed
 * @property {(unit: 'px' | '%') => void} setUnit
 * @property {(paintsBorder: boolean) => void} setPaintsBorder
 * @property {() => Snapshot} getState
 */

/**
 * @param {ExtendWishes} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createExtendPanel(wishes) {
  const shapes = PRESETS.map((preset) => ({ preset, button: createShape(preset, wishes) }));
  byId('shapes').replaceChildren(...shapes.map(({ button }) => button));
  const fields = SIDES.map((side) => createField(side, wishes));
  byId('cross').prepend(...fields.map(({ label }) => label));
  const units = [...document.querySelectorAll('input[name=unit]')].map(
    (input) => /** @type {HTMLInputElement} */ (input),
  );
  for (const input of units) {
    input.addEventListener('change', () => wishes.setUnit(input.value === '%' ? '%' : 'px'));
  }
  const paintsBorder = byId('paints-border', HTMLInputElement);
  paintsBorder.addEventListener('change', () => wishes.setPaintsBorder(paintsBorder.checked));
  // On a narrow screen the exact amounts are one tap away; elsewhere there is room for them.
  byId('amounts', HTMLDetailsElement).open = hasRoom();
  return (state) => {
    const { history, lang, unit } = state;
    for (const input of units) input.checked = input.value === unit;
    if (!history) return;
    const { photo, frame } = history.present;
    const size = /** @type {const} */ ([photo.width, photo.height]);
    const isRunning = isToolRunning(state);
    const isEmpty = isEmptyFrame(frame);
    for (const { preset, button } of shapes) {
      const isChosen = !isEmpty && areSameAmounts(frame, amountsFromRatios(size, preset.ratios));
      button.ariaPressed = String(isChosen);
      button.disabled = isRunning;
    }
    for (const { side, input, name } of fields) {
      name.textContent = say(lang, `extend.${side}`);
      input.disabled = isRunning;
      input.step = unit === 'px' ? '1' : '0.1';
      const value = String(fieldFromAmount(frame[side], lengthAlong(side, size), unit));
      // What is being typed is left alone while it means the same ("12." and "12").
      if (document.activeElement !== input || readField(input, side, state) !== frame[side]) {
        input.value = value;
      }
    }
    const border = Math.max(...SIDES.map((side) => photo.border?.[side] ?? 0));
    byId('border').hidden = border === 0;
    byId('border-words').textContent = say(lang, 'extend.border', { width: border });
    paintsBorder.checked = state.paintsBorder;
    paintsBorder.disabled = isRunning;
    const becomes = sizeFromAmounts(size, frame);
    byId('size-from').textContent = isEmpty ? shapeText(size) : `${photo.width} × ${photo.height}`;
    byId('size-to').textContent = isEmpty ? '' : shapeText(becomes);
    byId('size-arrow').hidden = isEmpty;
    byId('run').hidden = isRunning;
    byId('hint').hidden = !isEmpty || isRunning || state.status !== null;
  };

  /** @param {readonly [number, number]} size */
  function sizeText([width, height]) {
    return say(wishes.getState().lang, 'extend.size', { width, height });
  }
  /** @param {readonly [number, number]} size */
  function shapeText(size) {
    const gaps = { size: sizeText(size), ratio: ratioName(size) };
    return say(wishes.getState().lang, 'extend.shape', gaps);
  }
}

/** @param {Preset} preset @param {ExtendWishes} wishes */
function createShape(preset, wishes) {
  const button = document.createElement('button');
  button.className = 'shape';
  const glyph = button.appendChild(document.createElement('span'));
  glyph.className = 'glyph';
  const [width, height] = preset.ratios.at(-1) ?? [1, 1];
  const shape = glyph.appendChild(document.createElement('span'));
  shape.style.aspectRatio = `${width} / ${height}`;
  shape.className = width > height ? 'is-wide' : 'is-high';
  const inner = preset.ratios.length > 1 ? preset.ratios[0] : undefined;
  if (inner) {
    shape.appendChild(document.createElement('span')).style.aspectRatio =
      `${inner[0]} / ${inner[1]}`;
  }
  button.append(preset.name);
  button.addEventListener('click', () => wishes.choosePreset(preset));
  return button;
}

/** @param {Side} side @param {ExtendWishes} wishes */
function createField(side, wishes) {
  const label = document.createElement('label');
  label.className = `field ${side}`;
  const name = label.appendChild(document.createElement('span'));
  const input = label.appendChild(document.createElement('input'));
  input.type = 'number';
  input.min = '0';
  input.inputMode = 'decimal';
  input.addEventListener('input', () => {
    wishes.setAmount(side, readField(input, side, wishes.getState()));
  });
  // Leaving the field shows what was understood.
  input.addEventListener('blur', () =>
    wishes.setAmount(side, readField(input, side, wishes.getState())),
  );
  return { side, label, name, input };
}

/** @param {HTMLInputElement} input @param {Side} side @param {Snapshot} state */
function readField(input, side, { history, unit }) {
  if (!history) return 0;
  const { width, height } = history.present.photo;
  return amountFromField(input.valueAsNumber, lengthAlong(side, [width, height]), unit);
}

/** @param {Side} side @param {readonly [number, number]} size */
function lengthAlong(side, size) {
  return side === 'left' || side === 'right' ? size[0] : size[1];
}
