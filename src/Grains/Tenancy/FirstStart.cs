using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Tenancy;

/// <summary>What the settings say of the first start; a password that is null is made.</summary>
internal sealed record FirstStartSettings(TenantId DefaultTenant, string? AdminPassword, string? ManagementPassword, string? DevicePassword)
{
    // A record would print its passwords.
    public override string ToString() => nameof(FirstStartSettings);
}

/// <summary>A password that the platform made, to be shown once.</summary>
internal readonly record struct MadeSecret(UserId User, string Password)
{
    public override string ToString() => User.ToString();
}

/// <summary>
/// Makes what a new instance needs: the management and the default tenant, an administrator in each, and the user that hands devices
/// their credentials. It can be interrupted anywhere: until <see cref="ConfirmAsync"/>, which follows the printing, the next run
/// completes what is missing and sets the passwords anew, so the last one printed is the one that is stored.
/// </summary>
internal sealed class FirstStart(IGrainFactory grains)
{
    private const string AdminName = "admin";

    /// <summary>Answers the passwords to print; none once a first start was confirmed.</summary>
    public async Task<IReadOnlyList<MadeSecret>> RunAsync(FirstStartSettings settings)
    {
        foreach (var given in (string?[])[settings.AdminPassword, settings.ManagementPassword, settings.DevicePassword])
            if (given is not null)
                Passwords.Require(given);
        if (await Directory.IsFirstStartDone(Platform(TenantId.Management))) return [];

        await FoundTenantAsync(TenantId.Management, parent: null, "The platform's operator");
        if (settings.DefaultTenant != TenantId.Management)
            await FoundTenantAsync(settings.DefaultTenant, parent: TenantId.Management, "The default tenant");

        var made = new List<MadeSecret>(3);
        await FoundUserAsync(made, new UserId(TenantId.Management, AdminName), new FoundingUser(
            settings.ManagementPassword, null, DefaultGroups.Own, [DefaultGroups.Admins, DefaultGroups.TenantManagers], IsFirstAdmin: true));
        if (settings.DefaultTenant != TenantId.Management)
            await FoundUserAsync(made, new UserId(settings.DefaultTenant, AdminName), new FoundingUser(
                settings.AdminPassword, null, DefaultGroups.Own, [DefaultGroups.Admins], IsFirstAdmin: true));
        // It holds the one authority and nothing else, not even the right to see itself: its password is on every device that waits.
        await FoundUserAsync(made, UserId.DeviceBootstrap, new FoundingUser(
            settings.DevicePassword, null, AuthoritySet.Of(Authority.DeviceBootstrap), [], IsFirstAdmin: false));
        return made;
    }

    /// <summary>Call it once the secrets are printed. From then on a start makes nothing.</summary>
    public Task ConfirmAsync() => Directory.ConfirmFirstStart(Platform(TenantId.Management));

    private ITenantDirectory Directory => grains.Grain<ITenantDirectory>(TenantId.Management.Value);

    private async Task FoundTenantAsync(TenantId tenant, TenantId? parent, string company)
    {
        await grains.Grain<ITenantFounding>(tenant.Value).Found(Platform(tenant), new TenantPlan(tenant.Value, company, null, null, null, AdminName, parent));
        await Directory.Enter(Platform(TenantId.Management), tenant, tenant.Value);
    }

    private async Task FoundUserAsync(List<MadeSecret> made, UserId user, FoundingUser plan)
    {
        if (await grains.Grain<IUserFounding>(user.GrainKey).Found(Platform(user.Tenant), plan) is { } password) made.Add(new MadeSecret(user, password));
    }

    private static Caller Platform(TenantId tenant) => Caller.Platform(PlatformTask.FirstStart, tenant);
}
