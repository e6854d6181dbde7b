// The drawing on the first screen: hills under the sun by day, under the moon in the dark. Decoration only.
export function Scene() {
  return (
    <svg className="scene" viewBox="0 0 640 200" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
      <rect className="scene-sky" width="640" height="200" />
      <g className="scene-stars">
        {[
          [60, 38],
          [128, 66],
          [205, 28],
          [292, 58],
          [372, 24],
          [590, 46],
          [604, 92],
          [440, 70],
        ].map(([x, y]) => (
          <circle key={x} cx={x} cy={y} r="1.8" />
        ))}
      </g>
      <circle className="scene-light" cx="520" cy="56" r="26" />
      <circle className="scene-bite" cx="531" cy="48" r="23" />
      <path className="scene-far" d="M0 150c70-50 140-56 215-20s130 30 200-8 150-34 225 12v66H0z" />
      <path className="scene-mid" d="M0 172c90-44 170-34 250-10s160 26 240 0 110-18 150-6v44H0z" />
      <g className="scene-house">
        <path className="scene-wall" d="M150 128h40v34h-40z" />
        <path className="scene-roof" d="M144 130l26-22 26 22z" />
        <path className="scene-window" d="M164 140h12v12h-12z" />
      </g>
      <g className="scene-tree">
        <path className="scene-trunk" d="M428 138h7v26h-7z" />
        <circle cx="431" cy="124" r="22" />
        <circle cx="416" cy="134" r="14" />
        <circle cx="447" cy="134" r="14" />
      </g>
      <path className="scene-near" d="M0 190c120-30 230-26 330-8s210 14 310-8v26H0z" />
    </svg>
  );
}
