import { Button } from '@mantine/core'
import { Eraser } from 'lucide-react'
import { type PointerEvent, useRef, useState } from 'react'

/** The size of the drawing, pixels. Its place on the page is scaled to it. */
const width = 900
const height = 270
const margin = 12
const ink = '#14284b'

type Point = readonly [x: number, y: number]
type Stroke = Point[]

function drawStrokes(context: CanvasRenderingContext2D, strokes: readonly Stroke[]) {
  context.clearRect(0, 0, width, height)
  Object.assign(context, { lineWidth: 5, lineCap: 'round', lineJoin: 'round', strokeStyle: ink })
  for (const [first, ...points] of strokes) {
    if (!first) continue
    context.beginPath()
    context.moveTo(...first)
    // a dot is a stroke without length
    if (points.length === 0) context.lineTo(first[0], first[1] + 0.1)
    let last = first
    for (const point of points) {
      context.quadraticCurveTo(last[0], last[1], (last[0] + point[0]) / 2, (last[1] + point[1]) / 2)
      last = point
    }
    context.lineTo(...last)
    context.stroke()
  }
}

/** The part of the drawing that has ink, as a PNG image in base64. */
function exportDrawing(canvas: HTMLCanvasElement, strokes: readonly Stroke[]): string {
  const points = strokes.flat()
  const left = Math.max(0, Math.min(...points.map(([x]) => x)) - margin)
  const top = Math.max(0, Math.min(...points.map(([, y]) => y)) - margin)
  const right = Math.min(width, Math.max(...points.map(([x]) => x)) + margin)
  const bottom = Math.min(height, Math.max(...points.map(([, y]) => y)) + margin)
  const cropped = document.createElement('canvas')
  cropped.width = Math.max(1, Math.ceil(right - left))
  cropped.height = Math.max(1, Math.ceil(bottom - top))
  cropped.getContext('2d')?.drawImage(canvas, -left, -top)
  return cropped.toDataURL('image/png').split(',')[1] ?? ''
}

/** Draws strokes as a pointer moves. @param onChange gets the drawing after each stroke */
function useStrokes(onChange: (image: string) => void) {
  const canvasRef = useRef<HTMLCanvasElement>(null)
  const strokes = useRef<Stroke[]>([])
  const [isEmpty, setIsEmpty] = useState(true)

  function toPoint({ clientX, clientY }: { clientX: number; clientY: number }): Point {
    const box = (canvasRef.current as HTMLCanvasElement).getBoundingClientRect()
    return [((clientX - box.left) * width) / box.width, ((clientY - box.top) * height) / box.height]
  }
  function redraw() {
    const context = canvasRef.current?.getContext('2d')
    if (context) drawStrokes(context, strokes.current)
  }
  function begin(event: PointerEvent<HTMLCanvasElement>) {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    strokes.current.push([toPoint(event)])
    setIsEmpty(false)
    redraw()
  }
  function extend(event: PointerEvent<HTMLCanvasElement>) {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const moves = event.nativeEvent.getCoalescedEvents?.() ?? []
    strokes.current.at(-1)?.push(...(moves.length > 0 ? moves : [event.nativeEvent]).map(toPoint))
    redraw()
  }
  function end(event: PointerEvent<HTMLCanvasElement>) {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    event.currentTarget.releasePointerCapture(event.pointerId)
    onChange(exportDrawing(event.currentTarget, strokes.current))
  }
  function clear() {
    strokes.current = []
    setIsEmpty(true)
    redraw()
    onChange('')
  }
  const pointerEvents = { onPointerDown: begin, onPointerMove: extend, onPointerUp: end, onPointerCancel: end }
  return { canvasRef, isEmpty, clear, pointerEvents }
}

/** A field to draw in with a finger, a pen or a mouse. @param onChange gets a PNG image as base64; empty when it was cleared */
export function DrawingPad({ onChange }: { onChange: (image: string) => void }) {
  const { canvasRef, isEmpty, clear, pointerEvents } = useStrokes(onChange)
  return (
    <div className="drawing-pad">
      <canvas
        ref={canvasRef}
        width={width}
        height={height}
        role="img"
        aria-label={isEmpty ? 'Draw your signature here. To sign by keyboard, choose “Type”.' : 'Your drawn signature'}
        {...pointerEvents}
      />
      {isEmpty && (
        <span className="drawing-pad-hint" aria-hidden="true">
          Draw here
        </span>
      )}
      <Button
        size="compact-sm"
        mt="xs"
        variant="subtle"
        color="gray"
        leftSection={<Eraser size={14} aria-hidden="true" />}
        disabled={isEmpty}
        onClick={clear}
      >
        Clear
      </Button>
    </div>
  )
}
