// Which of several takes the viewer likes best: it is shown large, the others beside it. The server
// keeps all of them; the choice is this browser's.
import { createRemembered } from './remembered.ts';

/** From the id of the first take to that of the chosen one. */
export const chosenTakes = createRemembered('gill.takes');
