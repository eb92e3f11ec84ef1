// The questions that the page asks before it goes on.

import { say } from '../words.js';
import { answerOf, byId } from './dom.js';

/** @import { Snapshot } from '../store.js' */

/** @param {() => Snapshot} getState */
export function createQuestions(getState) {
  return {
    /** What to do with a photo that has colours of its own. @returns {Promise<'anew' | 'freshen' | 'leave'>} */
    async askAboutColours() {
      byId('ask-freshen').hidden = !getState().trained.includes('defade');
      const answer = await answerOf(byId('ask', HTMLDialogElement));
      return answer === 'anew' || answer === 'freshen' ? answer : 'leave';
    },

    /** Whether a photo may go with what was done to it. @param {string} name */
    async askToLose(name) {
      byId('lose-text').textContent = say(getState().lang, 'lose.text', { name });
      return (await answerOf(byId('lose', HTMLDialogElement))) === 'lose';
    },
  };
}
