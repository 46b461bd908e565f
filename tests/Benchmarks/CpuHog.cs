using System.Globalization;

namespace Bailiwick.Benchmarks;

/// <summary>A process that keeps one core busy until it is disposed, and in no case longer than it may.</summary>
internal static class CpuHog
{
    public static ChildProcess Start(int secondsMax) =>
        ChildProcess.Start("/bin/sh", "-c", "ulimit -t \"$0\"; while :; do :; done", secondsMax.ToString(CultureInfo.InvariantCulture));
}
