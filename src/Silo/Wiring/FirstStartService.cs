using Bailiwick.Grains.Tenancy;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Wiring;

/// <summary>
/// The first start, once the silo runs and before a listener opens: tenants, administrators and the bootstrap user. Passwords that were made
/// are printed once and stored only as verifiers.
/// </summary>
internal sealed class FirstStartService(FirstStart first, SiloSettings settings) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var bootstrap = settings.Bootstrap;
        var made = await first.RunAsync(new FirstStartSettings(
            settings.Tenancy.DefaultTenant, bootstrap.AdminPassword, bootstrap.ManagementPassword, bootstrap.DevicePassword));
        foreach (var secret in made)
            await Console.Out.WriteLineAsync($"First start: the password of {secret.User} is {secret.Password} (shown this once)");
        await Console.Out.FlushAsync(cancellationToken);
        await first.ConfirmAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
