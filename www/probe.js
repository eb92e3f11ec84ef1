// Says why the page cannot start where modules cannot even load. A classic script on purpose: a
// page opened from a folder runs this, but no module. The two sentences are those of `words.js`;
// a test compares them.
(function () {
  const isChinese = /^zh\b/i.test(navigator.language);
  const sentence = isChinese
    ? '这个页面不能直接从文件夹打开。请运行“cargo xtask serve”，再打开 http://localhost:8080。'
    : 'This page cannot run straight from a folder. Run “cargo xtask serve” and open http://localhost:8080.';
  const probe = document.getElementById('probe');
  if (location.protocol !== 'file:' || !probe) return;
  document.documentElement.lang = isChinese ? 'zh' : 'en';
  document.body.className = 'stopped';
  probe.textContent = sentence;
  probe.hidden = false;
})();
