/** Keep the screen on until the returned function is called, where the browser can. */
export function keepAwake(): () => void {
  if (!("wakeLock" in navigator)) return () => undefined;
  let held: WakeLockSentinel | null = null;
  let over = false;
  // The browser takes the lock away whenever the page is hidden.
  const ask = () => {
    if (document.visibilityState !== "visible" || over) return;
    navigator.wakeLock
      .request("screen")
      .then((lock) => {
        if (over) void lock.release();
        else held = lock;
      })
      .catch(() => undefined);
  };
  ask();
  document.addEventListener("visibilitychange", ask);
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", ask);
    void held?.release();
  };
}
