/**
 * What lies under the finger, enlarged, in the corner that the finger is not in.
 *
 * @import { Camera, Point } from '../camera.js'
 */

const SIDE_PX = 132;
const MARGIN_PX = 12;
const ENLARGED = 2.5;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLImageElement} picture
 * @param {Point} point image pixels
 * @param {Camera} camera
 */
export function paintLoupe(context, picture, point, camera) {
  if (!picture.naturalWidth) return;
  const finger = camera.toScreen(point);
  const isLeft = finger.x < SIDE_PX + 4 * MARGIN_PX && finger.y < SIDE_PX + 4 * MARGIN_PX;
  const left = isLeft ? camera.view.width - SIDE_PX - MARGIN_PX : MARGIN_PX;
  const reach = SIDE_PX / (2 * ENLARGED * Math.max(camera.scale, 0.25));
  context.save();
  context.beginPath();
  context.arc(left + SIDE_PX / 2, MARGIN_PX + SIDE_PX / 2, SIDE_PX / 2, 0, 2 * Math.PI);
  context.fillStyle = '#808080';
  context.fill();
  context.clip();
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, point.x - reach, point.y - reach, 2 * reach, 2 * reach, left, MARGIN_PX, SIDE_PX, SIDE_PX);
  context.restore();
  paintCross(context, { x: left + SIDE_PX / 2, y: MARGIN_PX + SIDE_PX / 2 });
}

/** @param {CanvasRenderingContext2D} context @param {Point} middle on the screen */
function paintCross(context, { x, y }) {
  for (const [color, width] of /** @type {[string, number][]} */ ([['rgb(0 0 0 / 0.7)', 3], ['#fff', 1]])) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, SIDE_PX / 2, 0, 2 * Math.PI);
    for (const [dx, dy] of /** @type {[number, number][]} */ ([[1, 0], [0, 1]])) {
      context.moveTo(x - 14 * dx, y - 14 * dy);
      context.lineTo(x + 14 * dx, y + 14 * dy);
    }
    context.stroke();
  }
}
