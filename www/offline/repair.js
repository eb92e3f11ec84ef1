// Mends a page whose kept copy is damaged. A classic script before the modules: it must run where
// one of them is what is broken. Its sentences are those of `words.js`; a test compares them.
//
// Opened with `?reset`, the page throws away what it has kept and starts anew, once it is certain
// that the network can replace it. Where the page cannot start, that is what it offers.
(function () {
  if (location.protocol === 'file:') return; // `probe.js` speaks there.
  const isChinese = /^zh\b/i.test(navigator.language);
  const words = isChinese
    ? {
        'repair.broken': '页面的一部分缺失或损坏。',
        'repair.run': '重新获取页面',
        'repair.offline': '没有网络，无法重新获取页面。什么都没有删除，联网后再试即可。',
      }
    : {
        'repair.broken': 'Part of the page is missing or damaged.',
        'repair.run': 'Download the page again',
        'repair.offline':
          'The page cannot be downloaded again without a network. Nothing was deleted; try again when you are online.',
      };
  const address = new URL(location.href);
  const isRepair = address.searchParams.has('reset');

  /** @param {string} sentence @param {string} link @param {URL} target */
  function stop(sentence, link, target) {
    const probe = document.getElementById('probe');
    if (!probe) return;
    document.documentElement.lang = isChinese ? 'zh' : 'en';
    document.body.className = 'stopped';
    const anchor = document.createElement('a');
    anchor.textContent = link;
    anchor.href = target.href;
    probe.replaceChildren(sentence, document.createElement('br'), anchor);
    probe.hidden = false;
  }

  async function repair() {
    const clean = new URL(address);
    clean.searchParams.delete('reset');
    const page = await fetch(address, { cache: 'reload' }).catch(() => null);
    if (!page?.ok) {
      stop(words['repair.offline'], 'Naobu 脑补', clean);
      return;
    }
    const base = new URL('.', address);
    for (const registration of await navigator.serviceWorker.getRegistrations()) {
      if (registration.scope === base.href) await registration.unregister();
    }
    for (const name of await caches.keys()) {
      if (name.startsWith(`naobu:${base.pathname}:`)) await caches.delete(name);
    }
    location.replace(clean);
  }

  if (isRepair && 'serviceWorker' in navigator) void repair();
  addEventListener(
    'error',
    (event) => {
      if (!(event.target instanceof HTMLScriptElement)) return;
      const target = new URL(address);
      target.searchParams.set('reset', '');
      stop(words['repair.broken'], words['repair.run'], target);
    },
    true,
  );
})();
