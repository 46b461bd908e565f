using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Silo.Embedded;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo.Wiring;

/// <summary>
/// The way back in: a silo without listeners on a stopped store, which sets the password as the User grain would for anybody, audit
/// record and all.
/// </summary>
internal static class PasswordRecovery
{
    /// <inheritdoc cref="Commands.PasswordReset"/>
    public static async Task<string?> ResetAsync(UserId user, SiloSettings settings, DataFolder data, CancellationToken stop)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "bailiwick" });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddEmbeddedStorage(new RocksStoreOptions(data.Path), GrainDocuments.Provider);
        builder.AddSilo(settings, data);
        using var host = builder.Build();
        await host.StartAsync(stop);
        try
        {
            return await host.Services.GetRequiredService<IGrainFactory>().Grain<IPasswordRecovery>(user.GrainKey)
                .Reset(Caller.Platform(PlatformTask.Recovery, user.Tenant));
        }
        catch (Refusal refusal) when (refusal.Kind == RefusalKind.NotFound)
        {
            return null;
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }
}
