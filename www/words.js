// Every sentence a visitor can read, in each language.
//
// Keys are the same in all languages (a test compares them); `{name}` is a gap. An error says what
// happened and what to do about it.

/** @import { ErrorCode } from './protocol.js' */
/** @typedef {'en' | 'zh'} Lang */
/** @typedef {keyof typeof en} WordKey */

const en = {
  title: 'Naobu – finishes photographs',
  'open.photo': 'Open photo',
  'open.short': 'Open',
  'open.drop': 'Drop a photo here, click to choose, or paste',
  'open.promise':
    'Nothing leaves this machine: the picture is finished right here, in your browser.',
  'open.release': 'Drop to open',
  'open.samples': 'Or try one of these',
  'open.headline': 'Let the picture go on',
  'sample.sea': 'Sea',
  'sample.mountains': 'Mountains',
  'sample.street': 'Street',
  'sample.field': 'Field',
  'sample.portrait': 'Portrait',
  'sample.night': 'Night',

  'tools.label': 'Tools',
  'extend.title': 'Extend',
  'extend.hint': 'Drag an edge outward or choose a shape.',
  'extend.shapes': 'Shapes',
  'extend.amounts': 'Amounts',
  'extend.left': 'Left',
  'extend.top': 'Top',
  'extend.right': 'Right',
  'extend.bottom': 'Bottom',
  'extend.unit': 'Unit',
  'extend.reset': 'Reset frame',
  'extend.run': 'Extend',
  'extend.cancel': 'Cancel',
  'extend.size': '{width} × {height} px',
  'extend.shape': '{size} · {ratio}',
  'fill.title': 'Fill',
  'fill.pens': 'Draw with',
  'fill.size': 'Size',
  'fill.grow': 'Grow',
  'fill.feather': 'Feather',
  'fill.settings': 'More',
  'fill.px': '{px} px',
  'fill.atOnce': 'Fill after each stroke',
  'fill.run': 'Fill',
  'fill.clear': 'Clear what is painted',
  'fill.hole': '{percent} % of the photo is painted',
  'fill.hint': 'Paint over what should go, then fill it.',
  'fill.untrained': 'No weights are trained for this yet: the photo itself fills its holes.',
  'fill.done': 'Filled {percent} % of the photo in {millis} ms',
  'pen.brush': 'Brush',
  'pen.eraser': 'Eraser',
  'pen.lasso': 'Lasso',
  'pen.rectangle': 'Rectangle',
  'pen.thinner': 'Thinner brush',
  'pen.thicker': 'Thicker brush',
  'pen.keys':
    'Arrow keys move the pen, with Shift by one pixel. Enter begins a stroke or shape and ends it. Escape drops it.',
  'handle.name': 'Edge: {sides}',
  'handle.keys': 'Arrow keys move the edge by one pixel, with Shift by ten.',
  'handle.left': 'left',
  'handle.top': 'top',
  'handle.right': 'right',
  'handle.bottom': 'bottom',
  'photo.name': 'Photo, {width} × {height}',

  'compare.label': 'Before and after',
  'compare.before': 'Before',
  'compare.after': 'After',
  'compare.value': '{percent} % of the result shown',
  'view.fit': 'Fit',
  'view.actual': '100 %',
  'view.zoomIn': 'Zoom in',
  'view.zoomOut': 'Zoom out',
  'view.level': '{percent} %',

  'edit.undo': 'Undo',
  'edit.redo': 'Redo',
  'save.run': 'Save',
  'save.options': 'Format and quality',
  'save.format': 'Format',
  'save.quality': 'Quality',
  'save.saved': 'Saved as {file}',
  'keys.peek': 'Hold to see the original',

  'job.busy': 'Working',
  'stage.download': 'Loading the engine',
  'stage.device': 'Testing the device',
  'stage.decode': 'Reading the photo',
  'stage.paint': 'Painting',
  'stage.blend': 'Blending the seam',
  'stage.encode': 'Writing the file',
  'progress.of': '{stage} · {done} of {total}',
  'progress.secs': '{secs} s',
  'result.done': 'Extended to {width} × {height} in {millis} ms on {device}',
  'result.undone': 'Undone',
  'result.redone': 'Redone',
  'result.cancelled': 'Cancelled. The photo is as it was.',
  'device.webgpu': 'WebGPU',
  'device.cpu': 'the CPU',

  'engine.percent': '{stage} · {percent} %',
  'engine.mebibytes': '{stage} · {amount} MB',
  'engine.webgpu': 'Ready on WebGPU',
  'engine.cpu': 'Ready on the CPU',
  'engine.why': '{ready}. {why}',
  'engine.failed': 'The engine is not running',
  'fallback.no-webgpu': 'This browser offers no WebGPU, so the CPU does the work. It takes longer.',
  'fallback.no-device':
    'The graphics device could not be opened, so the CPU does the work. It takes longer.',
  'fallback.self-test': 'The graphics device failed its self-test, so the CPU does the work.',
  'fallback.forced': 'The CPU was chosen in the address.',
  'fallback.other': 'The graphics device cannot be used, so the CPU does the work.',
  'fallback.midway': 'The graphics device stopped working. The CPU goes on; it takes longer.',

  'notice.close': 'Close',
  'notice.shrink': 'Shrink and open',
  'keys.title': 'Keyboard',
  'keys.run': 'Run the tool',
  'keys.space': 'Space and drag',
  'keys.pan': 'Move the photo',
  'keys.wheel': 'Wheel',
  'keys.zoom': 'Zoom at the pointer',
  'keys.shiftWheel': 'Shift and wheel',
  'keys.alt': 'Alt or right button',
  'keys.erase': 'Erase with any pen',
  lang: '中文',

  'not-an-image': 'This file is not a picture. Choose a PNG, JPEG, WebP, GIF or BMP file.',
  'damaged-image': 'This picture is damaged or cut off. Try another copy of the file.',
  'too-small': 'This picture is too small. Each side needs at least {minSide} pixels.',
  'too-large':
    'This picture has more than {megapixels} megapixels. Shrink it or choose a smaller one.',
  'extension-empty':
    'The frame is as large as the photo. Drag an edge outward or choose a shape first.',
  'extension-too-large':
    'That is too much to invent. Stay within {factor} times the photo and {resultMegapixels} megapixels.',
  'hole-empty': 'Nothing is painted yet. Paint over what should go first.',
  'hole-full':
    'All of the photo is painted, so nothing is left to fill it from. Erase a part of it first.',
  'bad-setting': 'A setting in the address is unknown. Correct it or open the page without it.',
  'weights-missing':
    'The trained weights are missing on this site. Reload the page or tell its owner.',
  'weights-damaged': 'The trained weights arrived damaged. Reload the page to fetch them again.',
  'weights-misfit':
    'The trained weights belong to another version. Reload the page to get both anew.',
  device: 'The graphics device does not work here. Open the page with ?backend=cpu to use the CPU.',
  encode: 'The file could not be written in this format. Choose PNG, or a smaller picture.',
  file: 'The file could not be read. Check that it still exists and open it again.',
  'no-simd': 'This browser lacks WebAssembly SIMD. Use a current Chrome, Edge, Firefox or Safari.',
  'file-protocol':
    'This page cannot run straight from a folder. Run “cargo xtask serve” and open http://localhost:8080.',
  'unknown-sample': 'There is no sample picture of this name. Choose one below or open a photo.',
  'unknown-preset': 'There is no shape of this name. Choose one of the shapes shown.',
  'unsupported-image':
    'This browser cannot read this kind of picture. Save it as PNG or JPEG and open that.',
  'worker-crashed':
    'The engine stopped and was started again. The photo is safe; please try once more.',
  'download-failed': 'A part of the page could not be loaded. Check the connection and reload.',
};

/** @type {Record<WordKey, string>} */
const zh = {
  title: '脑补 Naobu – 把照片补完整',
  'open.photo': '打开照片',
  'open.short': '打开',
  'open.drop': '把照片拖到这里，点击选择，或直接粘贴',
  'open.promise': '照片不会离开这台设备：一切都在你的浏览器里完成。',
  'open.release': '松开即可打开',
  'open.samples': '或者试试这些',
  'open.headline': '让画面继续',
  'sample.sea': '海',
  'sample.mountains': '山',
  'sample.street': '街道',
  'sample.field': '田野',
  'sample.portrait': '人像',
  'sample.night': '夜',

  'tools.label': '工具',
  'extend.title': '扩展',
  'extend.hint': '向外拖动边框，或选择一个画幅。',
  'extend.shapes': '画幅',
  'extend.amounts': '扩展量',
  'extend.left': '左',
  'extend.top': '上',
  'extend.right': '右',
  'extend.bottom': '下',
  'extend.unit': '单位',
  'extend.reset': '重置边框',
  'extend.run': '扩展',
  'extend.cancel': '取消',
  'extend.size': '{width} × {height} 像素',
  'extend.shape': '{size} · {ratio}',
  'fill.title': '修补',
  'fill.pens': '绘制方式',
  'fill.size': '大小',
  'fill.grow': '外扩',
  'fill.feather': '羽化',
  'fill.settings': '更多',
  'fill.px': '{px} 像素',
  'fill.atOnce': '画完一笔就修补',
  'fill.run': '修补',
  'fill.clear': '清除涂抹',
  'fill.hole': '已涂抹照片的 {percent}%',
  'fill.hint': '涂抹想去掉的东西，然后修补。',
  'fill.untrained': '这个工具还没有训练好的权重，空缺由照片自身的内容来补。',
  'fill.done': '已修补照片的 {percent}%，用时 {millis} 毫秒',
  'pen.brush': '画笔',
  'pen.eraser': '橡皮擦',
  'pen.lasso': '套索',
  'pen.rectangle': '矩形',
  'pen.thinner': '缩小画笔',
  'pen.thicker': '放大画笔',
  'pen.keys': '方向键移动画笔，按住 Shift 每次一个像素。回车键开始或结束一笔，Esc 键放弃。',
  'handle.name': '边：{sides}',
  'handle.keys': '方向键每次移动一个像素，按住 Shift 每次十个。',
  'handle.left': '左',
  'handle.top': '上',
  'handle.right': '右',
  'handle.bottom': '下',
  'photo.name': '照片，{width} × {height}',

  'compare.label': '前后对比',
  'compare.before': '之前',
  'compare.after': '之后',
  'compare.value': '显示结果的 {percent}%',
  'view.fit': '适合窗口',
  'view.actual': '100%',
  'view.zoomIn': '放大',
  'view.zoomOut': '缩小',
  'view.level': '{percent}%',

  'edit.undo': '撤销',
  'edit.redo': '重做',
  'save.run': '保存',
  'save.options': '格式和质量',
  'save.format': '格式',
  'save.quality': '质量',
  'save.saved': '已保存为 {file}',
  'keys.peek': '按住查看原图',

  'job.busy': '正在处理',
  'stage.download': '正在加载引擎',
  'stage.device': '正在检测设备',
  'stage.decode': '正在读取照片',
  'stage.paint': '正在绘制',
  'stage.blend': '正在融合接缝',
  'stage.encode': '正在写入文件',
  'progress.of': '{stage} · {done}/{total}',
  'progress.secs': '{secs} 秒',
  'result.done': '已扩展为 {width} × {height}，用时 {millis} 毫秒，由 {device} 完成',
  'result.undone': '已撤销',
  'result.redone': '已重做',
  'result.cancelled': '已取消，照片保持原样。',
  'device.webgpu': 'WebGPU',
  'device.cpu': 'CPU',

  'engine.percent': '{stage} · {percent}%',
  'engine.mebibytes': '{stage} · {amount} MB',
  'engine.webgpu': '已就绪：WebGPU',
  'engine.cpu': '已就绪：CPU',
  'engine.why': '{ready}。{why}',
  'engine.failed': '引擎没有运行',
  'fallback.no-webgpu': '此浏览器没有可用的 WebGPU，改由 CPU 计算，会慢一些。',
  'fallback.no-device': '无法打开显卡，改由 CPU 计算，会慢一些。',
  'fallback.self-test': '显卡没有通过自检，改由 CPU 计算。',
  'fallback.forced': '网址中指定了使用 CPU。',
  'fallback.other': '显卡无法使用，改由 CPU 计算。',
  'fallback.midway': '显卡停止了工作，已改由 CPU 继续，会慢一些。',

  'notice.close': '关闭',
  'notice.shrink': '缩小后打开',
  'keys.title': '键盘快捷键',
  'keys.run': '运行当前工具',
  'keys.space': '空格加拖动',
  'keys.pan': '移动照片',
  'keys.wheel': '滚轮',
  'keys.zoom': '以指针为中心缩放',
  'keys.shiftWheel': 'Shift 加滚轮',
  'keys.alt': 'Alt 或右键',
  'keys.erase': '用任意画笔擦除',
  lang: 'English',

  'not-an-image': '这个文件不是图片。请选择 PNG、JPEG、WebP、GIF 或 BMP 文件。',
  'damaged-image': '这张图片已损坏或不完整。请换一份文件再试。',
  'too-small': '这张图片太小了。每边至少需要 {minSide} 像素。',
  'too-large': '这张图片超过了 {megapixels} 百万像素。请缩小它，或选择一张更小的。',
  'extension-empty': '边框与照片一样大。请先向外拖动边框，或选择一个画幅。',
  'extension-too-large':
    '要补的部分太多了。请不要超过照片的 {factor} 倍，也不要超过 {resultMegapixels} 百万像素。',
  'hole-empty': '还没有涂抹任何地方。请先涂抹想去掉的东西。',
  'hole-full': '整张照片都涂满了，没有可以借用的内容。请先擦掉一部分。',
  'bad-setting': '网址中有无法识别的设置。请改正它，或去掉它再打开。',
  'weights-missing': '本站缺少训练好的权重。请刷新页面，或告知站点的主人。',
  'weights-damaged': '训练好的权重在传输中损坏了。请刷新页面重新获取。',
  'weights-misfit': '训练好的权重属于另一个版本。请刷新页面，让两者一起更新。',
  device: '图形设备在这里无法工作。请在网址后加上 ?backend=cpu 改用 CPU。',
  encode: '无法以这种格式写入文件。请选择 PNG，或换一张更小的图片。',
  file: '无法读取这个文件。请确认它还在，然后重新打开。',
  'no-simd': '此浏览器缺少 WebAssembly SIMD。请使用新版的 Chrome、Edge、Firefox 或 Safari。',
  'file-protocol':
    '这个页面不能直接从文件夹打开。请运行“cargo xtask serve”，再打开 http://localhost:8080。',
  'unknown-sample': '没有叫这个名字的示例图片。请从下面选一张，或打开一张照片。',
  'unknown-preset': '没有叫这个名字的画幅。请从列出的画幅中选择。',
  'unsupported-image': '此浏览器无法读取这种图片。请先转存为 PNG 或 JPEG 再打开。',
  'worker-crashed': '引擎中断后已重新启动。照片没有丢失，请再试一次。',
  'download-failed': '页面的一部分没有加载成功。请检查网络后刷新页面。',
};

/** @type {Record<Lang, Record<WordKey, string>>} */
export const WORDS = { en, zh };

/**
 * @param {Lang} lang @param {WordKey | ErrorCode} key
 * @param {Record<string, string | number>} [gaps]
 */
export function say(lang, key, gaps = {}) {
  return WORDS[lang][key].replace(/\{(\w+)\}/g, (_, name) => String(gaps[name] ?? ''));
}

/**
 * The language of the page: asked for in the address, else the first the browser prefers.
 * @param {string | null} asked @param {readonly string[]} preferred
 * @returns {Lang}
 */
export function chosenLang(asked, preferred) {
  for (const tag of [asked ?? '', ...preferred]) {
    if (/^zh\b/i.test(tag)) return 'zh';
    if (/^en\b/i.test(tag)) return 'en';
  }
  return 'en';
}
