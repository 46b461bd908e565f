using System.Runtime.InteropServices;

namespace Bailiwick.Benchmarks;

/// <summary>Turns the first SIGINT or SIGTERM into a cancelled token; the second ends the process as usual.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignal() =>
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = !_asked.IsCancellationRequested;
            _asked.Cancel();
        }))];

    public CancellationToken Token => _asked.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _asked.Dispose();
    }
}
