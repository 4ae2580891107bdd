;; Loops over the numbers of a training, four at a time. Addresses and lengths in bytes; lengths are whole fours of
;; numbers (16 bytes). Assembled into vector-kernels-binary.ts by scripts/generate-kernels.js.
(module
  (import "training" "memory" (memory 1 65536 shared))

  ;; target += more
  (func (export "add") (param $target i32) (param $more i32) (param $bytes i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $target) (local.get $bytes)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $target) (local.get $end)))
      (v128.store (local.get $target)
        (f32x4.add (v128.load (local.get $target)) (v128.load (local.get $more))))
      (local.set $target (i32.add (local.get $target) (i32.const 16)))
      (local.set $more (i32.add (local.get $more) (i32.const 16)))
      (br $next))))

  ;; 1 when all numbers are finite: 0 times another one is not 0
  (func (export "finite") (param $at i32) (param $bytes i32) (result i32)
    (local $end i32) (local $zeros v128)
    (local.set $end (i32.add (local.get $at) (local.get $bytes)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $zeros
        (f32x4.add (local.get $zeros) (f32x4.mul (v128.load (local.get $at)) (v128.const f32x4 0 0 0 0))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next)))
    (i32x4.all_true (f32x4.eq (local.get $zeros) (v128.const f32x4 0 0 0 0))))

  ;; Adam (Kingma & Ba 2015, algorithm 1): with slope = scale · gradient + pulled · parameter,
  ;;   mean   ← beta1 · mean + rest1 · slope
  ;;   square ← beta2 · square + rest2 · slope²
  ;;   parameter ← kept · parameter − rate · mean / (√square · inverse + epsilon)
  (func (export "adapt")
    (param $parameter i32) (param $gradient i32) (param $mean i32) (param $square i32) (param $bytes i32)
    (param $scale f32) (param $pulled f32) (param $beta1 f32) (param $rest1 f32) (param $beta2 f32) (param $rest2 f32)
    (param $rate f32) (param $inverse f32) (param $epsilon f32) (param $kept f32)
    (local $end i32) (local $before v128) (local $slope v128) (local $m v128) (local $v v128)
    (local.set $end (i32.add (local.get $parameter) (local.get $bytes)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $parameter) (local.get $end)))
      (local.set $before (v128.load (local.get $parameter)))
      (local.set $slope (f32x4.add
        (f32x4.mul (v128.load (local.get $gradient)) (f32x4.splat (local.get $scale)))
        (f32x4.mul (local.get $before) (f32x4.splat (local.get $pulled)))))
      (local.set $m (f32x4.add
        (f32x4.mul (v128.load (local.get $mean)) (f32x4.splat (local.get $beta1)))
        (f32x4.mul (local.get $slope) (f32x4.splat (local.get $rest1)))))
      (local.set $v (f32x4.add
        (f32x4.mul (v128.load (local.get $square)) (f32x4.splat (local.get $beta2)))
        (f32x4.mul (f32x4.mul (local.get $slope) (local.get $slope)) (f32x4.splat (local.get $rest2)))))
      (v128.store (local.get $mean) (local.get $m))
      (v128.store (local.get $square) (local.get $v))
      (v128.store (local.get $parameter) (f32x4.sub
        (f32x4.mul (local.get $before) (f32x4.splat (local.get $kept)))
        (f32x4.div
          (f32x4.mul (local.get $m) (f32x4.splat (local.get $rate)))
          (f32x4.add
            (f32x4.mul (f32x4.sqrt (local.get $v)) (f32x4.splat (local.get $inverse)))
            (f32x4.splat (local.get $epsilon))))))
      (local.set $parameter (i32.add (local.get $parameter) (i32.const 16)))
      (local.set $gradient (i32.add (local.get $gradient) (i32.const 16)))
      (local.set $mean (i32.add (local.get $mean) (i32.const 16)))
      (local.set $square (i32.add (local.get $square) (i32.const 16)))
      (br $next))))

  ;; Gradient descent: with slope = scale · gradient + pulled · parameter,
  ;;   parameter ← parameter − rate · slope
  (func (export "descend")
    (param $parameter i32) (param $gradient i32) (param $bytes i32)
    (param $scale f32) (param $pulled f32) (param $rate f32)
    (local $end i32) (local $before v128)
    (local.set $end (i32.add (local.get $parameter) (local.get $bytes)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $parameter) (local.get $end)))
      (local.set $before (v128.load (local.get $parameter)))
      (v128.store (local.get $parameter) (f32x4.sub (local.get $before) (f32x4.mul (f32x4.splat (local.get $rate))
        (f32x4.add
          (f32x4.mul (v128.load (local.get $gradient)) (f32x4.splat (local.get $scale)))
          (f32x4.mul (local.get $before) (f32x4.splat (local.get $pulled)))))))
      (local.set $parameter (i32.add (local.get $parameter) (i32.const 16)))
      (local.set $gradient (i32.add (local.get $gradient) (i32.const 16)))
      (br $next))))

  ;; Descent with momentum:
  ;;   velocity ← momentum · velocity + slope
  ;;   parameter ← parameter − rate · velocity
  (func (export "roll")
    (param $parameter i32) (param $gradient i32) (param $velocity i32) (param $bytes i32)
    (param $scale f32) (param $pulled f32) (param $momentum f32) (param $rate f32)
    (local $end i32) (local $before v128) (local $v v128)
    (local.set $end (i32.add (local.get $parameter) (local.get $bytes)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $parameter) (local.get $end)))
      (local.set $before (v128.load (local.get $parameter)))
      (local.set $v (f32x4.add
        (f32x4.mul (v128.load (local.get $velocity)) (f32x4.splat (local.get $momentum)))
        (f32x4.add
          (f32x4.mul (v128.load (local.get $gradient)) (f32x4.splat (local.get $scale)))
          (f32x4.mul (local.get $before) (f32x4.splat (local.get $pulled))))))
      (v128.store (local.get $velocity) (local.get $v))
      (v128.store (local.get $parameter)
        (f32x4.sub (local.get $before) (f32x4.mul (f32x4.splat (local.get $rate)) (local.get $v))))
      (local.set $parameter (i32.add (local.get $parameter) (i32.const 16)))
      (local.set $gradient (i32.add (local.get $gradient) (i32.const 16)))
      (local.set $velocity (i32.add (local.get $velocity) (i32.const 16)))
      (br $next)))))
