// At the root, because a service worker answers only for its own folder and what lies below.
importScripts('www/precache.js', 'www/offline/service-worker.js');
