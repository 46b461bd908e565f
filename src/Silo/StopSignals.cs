using System.Runtime.InteropServices;

namespace Bailiwick.Silo;

/// <summary>
/// SIGTERM and SIGINT, from the first moment of the process: either asks it to stop, and a stop that was asked for is no
/// failure, also while it is still starting. It stands in for the host's own lifetime, which listens from the start of the host only.
/// </summary>
internal sealed class StopSignals : IHostLifetime, IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() => _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal)];

    /// <summary>Cancelled once a signal has asked for the stop.</summary>
    public CancellationToken Asked => _asked.Token;

    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _asked.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        // The runtime would end the process at once.
        signal.Cancel = true;
        _asked.Cancel();
    }
}
