using System.Reflection;
using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Retention;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Inventory;
using Bailiwick.Grains.Storage;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;
using Bailiwick.Silo.Embedded;
using Bailiwick.Silo.Rounds;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Storage.Tests;

/// <summary>A tenant that is deleted: nobody of it is served, nothing of it stays but its trail, and no other tenant notices.</summary>
public sealed class TenantRemovalTests : IAsyncLifetime
{
    private const string Password = "Password-of-a-test-1";

    private readonly StoredSilo _silo = new();
    private readonly FakeTimeProvider _clock = new();
    private OneRound _rounds = null!;

    private ITenantsGrain Tenants => _silo.Grains.GetGrain<ITenantsGrain>(TenantId.Management.Value);

    public async ValueTask InitializeAsync()
    {
        await _silo.InitializeAsync();
        _rounds = new OneRound(_silo.Grains, _clock);
    }

    public ValueTask DisposeAsync()
    {
        _rounds.Dispose();
        return _silo.DisposeAsync();
    }

    [Fact]
    public async Task Of_a_deleted_tenant_no_row_of_any_kind_stays_and_of_others_every_one()
    {
        var (doomed, boss) = await FoundAsync("doomed");
        await FillAsync(doomed, boss);
        await FillAsync(StoredSilo.T1, await _silo.AdminAsync());
        Assert.All(Enum.GetValues<Family>().Where(family => family != Family.Meta), family => Assert.True(Rows(doomed, family) > 0, $"The test fills {family}"));
        var neighbours = RowsOf(StoredSilo.T1);

        await Tenants.Delete(await OperatorAsync(), doomed);

        await Wait.UntilAsync(() => RowsOf(doomed).All(count => count == 0), "every row of the deleted tenant to be removed");
        Assert.Equal(neighbours, RowsOf(StoredSilo.T1));
        var trail = await TrailAsync(doomed);
        Assert.Contains(trail, record => record is { Activity: "Tenant deleted", User: "management/admin" });
        Assert.Contains(trail, record => record.Activity == "Tenant created");
    }

    [Fact]
    public async Task Nobody_of_a_deleted_tenant_is_served_once_its_deletion_is_answered()
    {
        var (doomed, boss) = await FoundAsync("doomed");
        await _silo.Grains.GetGrain<ITenantGrain>(doomed.Value).ReadOwn(boss);

        await Tenants.Delete(await OperatorAsync(), doomed);

        await StoredSilo.RefusedAsync(RefusalKind.Unauthenticated, () => _silo.Grains.GetGrain<ITenantGrain>(doomed.Value).ReadOwn(boss));
        await StoredSilo.RefusedAsync(RefusalKind.Unauthenticated, () => _silo.Grains.GetGrain<IInventoryGrain>(doomed.Value).Create(boss, new NewManagedObject("late", null, null, Fragments.None)));
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, async () => await _silo.Grains.GetGrain<ITenantGrain>(doomed.Value).Read(await OperatorAsync()));
        Assert.Null(await Tenants.Resolve(Caller.SigningIn(TenantId.Management), "doomed"));
    }

    [Fact]
    public async Task A_domain_and_a_device_id_of_a_deleted_tenant_are_free_and_its_own_id_never_is()
    {
        var (doomed, boss) = await FoundAsync("doomed");
        await ClaimAsync(boss, "pump-7");
        await StoredSilo.RefusedAsync(RefusalKind.Conflict, async () => await ClaimAsync(await _silo.AdminAsync(), "pump-7"));

        await Tenants.Delete(await OperatorAsync(), doomed);
        await Wait.UntilAsync(() => RowsOf(doomed).All(count => count == 0), "every row of the deleted tenant to be removed");
        await ForgottenAsync();

        await ClaimAsync(await _silo.AdminAsync(), "pump-7");
        Assert.Empty(await Directory.Deleted(Platform));
        Assert.NotEqual(doomed, (await FoundAsync("doomed")).Tenant);
    }

    [Fact]
    public async Task What_a_call_under_way_still_wrote_is_removed_by_a_later_round()
    {
        var (doomed, boss) = await FoundAsync("doomed");
        await Tenants.Delete(await OperatorAsync(), doomed);
        await Wait.UntilAsync(() => RowsOf(doomed).All(count => count == 0), "every row of the deleted tenant to be removed");
        await _silo.Service<IInventoryStore>().WriteAsync(
            Ask.Write(doomed, 4711), new ManagedObject(new ObjectId(4711), null, null, "boss", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, Fragments.None), null);
        Assert.Equal(1, Rows(doomed, Family.Objects));

        await _rounds.RunAsync();
        Assert.Equal(0, Rows(doomed, Family.Objects));
        Assert.Equal(doomed, Assert.Single(await Directory.Deleted(Platform)));
        await ForgottenAsync();
        Assert.Empty(await Directory.Deleted(Platform));
    }

    [Fact]
    public async Task A_deletion_that_was_interrupted_is_gone_on_with_by_who_asks_again_and_by_the_next_round()
    {
        var (first, _) = await FoundAsync("first");
        var (second, boss) = await FoundAsync("second");
        foreach (var tenant in (TenantId[])[first, second])
        {
            _silo.Traps.FailNext("IFactPublisher.PublishAsync");
            await StoredSilo.RefusedAsync(RefusalKind.Unavailable, async () => await Tenants.Delete(await OperatorAsync(), tenant));
        }

        await Tenants.Delete(await OperatorAsync(), first);
        await _rounds.RunAsync();

        Assert.All(RowsOf(first).Concat(RowsOf(second)), count => Assert.Equal(0, count));
        await StoredSilo.RefusedAsync(RefusalKind.Unauthenticated, () => _silo.Grains.GetGrain<ITenantGrain>(second.Value).ReadOwn(boss));
        Assert.Single(await TrailAsync(first), record => record.Activity == "Tenant deleted");
    }

    [Fact]
    public async Task A_tenant_that_was_shut_out_long_after_its_deletion_began_is_not_forgotten_before_all_under_way_has_ended()
    {
        var (doomed, boss) = await FoundAsync("doomed");
        _silo.Traps.FailNext("IFactPublisher.PublishAsync");
        await StoredSilo.RefusedAsync(RefusalKind.Unavailable, async () => await Tenants.Delete(await OperatorAsync(), doomed));
        _clock.Advance(TimeSpan.FromSeconds(10 * Limits.TenantRemovalLastSeconds));

        await _rounds.RunAsync();

        await StoredSilo.RefusedAsync(RefusalKind.Unauthenticated, () => _silo.Grains.GetGrain<ITenantGrain>(doomed.Value).ReadOwn(boss));
        Assert.Equal(doomed, Assert.Single(await Directory.Deleted(Platform)));
    }

    [Fact]
    public async Task A_registration_that_no_index_knows_any_more_does_not_keep_its_device_id_from_others()
    {
        var (doomed, boss) = await FoundAsync("doomed");
        await ClaimAsync(boss, "pump-8");
        var index = _silo.Grains.GetGrain<IDeviceRequestIndex>(doomed.Value);
        // As if it had been claimed while the index was being removed.
        await index.Settle(Caller.Platform(PlatformTask.Upkeep, doomed), "pump-8", isThere: false);
        await Tenants.Delete(await OperatorAsync(), doomed);
        await ForgottenAsync();

        await ClaimAsync(await _silo.AdminAsync(), "pump-8");
    }

    [Fact]
    public async Task A_tenant_that_was_begun_and_never_finished_can_be_deleted_and_keeps_its_domain_from_nobody()
    {
        _silo.Traps.FailNext("IFactPublisher.PublishAsync");
        await StoredSilo.RefusedAsync(RefusalKind.Unavailable, () => FoundAsync("halfway"));
        var begun = new TenantId("t2");
        Assert.True(Rows(begun, Family.Grains) > 0);

        await Tenants.Delete(await OperatorAsync(), begun);

        await Wait.UntilAsync(() => RowsOf(begun).All(count => count == 0), "every row of what was begun to be removed");
        Assert.NotEqual(begun, (await FoundAsync("halfway")).Tenant);
    }

    [Fact]
    public async Task A_tenant_that_is_being_deleted_makes_no_tenant_below_it()
    {
        var (parent, boss) = await FoundAsync("parent", allowsSubtenants: true);
        await ManagesTenantsAsync(boss);
        _silo.Traps.FailNext("IFactPublisher.PublishAsync");
        await StoredSilo.RefusedAsync(RefusalKind.Unavailable, async () => await Tenants.Delete(await OperatorAsync(), parent));

        // Its users are shut out only when the deletion has been spread; until then what is stored of it refuses.
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => Tenants.Create(boss, new NewTenant("late", "Pumps Ltd", null, null, null, null, null)));
        Assert.Equal((Rule.OtherTenant, Permission.TenantCreate), await WhyDeniedAsync(parent));
    }

    [Fact]
    public async Task Whether_a_tenant_may_have_others_below_it_is_the_operators_to_say_and_so_is_its_end()
    {
        var (parent, boss) = await FoundAsync("above", allowsSubtenants: true);
        await ManagesTenantsAsync(boss);
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => Tenants.Create(boss, new NewTenant("below", "Pumps Ltd", null, null, null, null, null) { AllowsSubtenants = true }));
        Assert.Equal((Rule.OperatorOnly, Permission.TenantCreate), await WhyDeniedAsync(parent));

        var below = (await Tenants.Create(boss, new NewTenant("below", "Pumps Ltd", null, null, null, null, null))).Id;
        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => _silo.Grains.GetGrain<ITenantGrain>(below.Value).Update(boss, new TenantChange(null, null, null, null, null) { AllowsSubtenants = true }));
        Assert.Equal((Rule.OperatorOnly, Permission.TenantUpdate), await WhyDeniedAsync(parent));

        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => Tenants.Delete(boss, below));
        Assert.Equal((Rule.OperatorOnly, Permission.TenantDelete), await WhyDeniedAsync(parent));
    }

    [Fact]
    public async Task Rows_of_a_tenant_that_is_served_are_removed_for_nobody()
    {
        var (tenant, _) = await FoundAsync("alive");

        await StoredSilo.RefusedAsync(RefusalKind.Denied, () => _silo.Grains.GetGrain<ITenantRemoval>(tenant.Value).Remove(Caller.Platform(PlatformTask.Removal, tenant)));

        Assert.Equal((Rule.TenantThere, Permission.TenantDelete), await WhyDeniedAsync(tenant));
        Assert.True(Rows(tenant, Family.Grains) > 0);
    }

    [Fact]
    public void Every_document_of_a_tenant_is_known_to_its_removal()
    {
        var kept = typeof(TenantsGrain).Assembly.GetTypes().SelectMany(type => type.GetConstructors()).SelectMany(made => made.GetParameters())
            .Select(parameter => parameter.GetCustomAttribute<PersistentStateAttribute>()?.StateName).OfType<string>().Distinct();

        // The directory is the platform's own; registrations are removed one by one, for their keys name no tenant.
        Assert.Equal(kept.Except(["tenants", "device-request"]).Order(StringComparer.Ordinal), RocksTenantRows.DocumentNames.Order(StringComparer.Ordinal));
    }

    private static Caller Platform => Caller.Platform(PlatformTask.Removal, TenantId.Management);

    private ITenantDirectory Directory => _silo.Grains.GetGrain<ITenantDirectory>(TenantId.Management.Value);

    private Task<Caller> OperatorAsync() => _silo.CallerAsync(new UserId(TenantId.Management, "admin"));

    private async Task<(TenantId Tenant, Caller Boss)> FoundAsync(string domain, bool allowsSubtenants = false)
    {
        var made = await Tenants.Create(await OperatorAsync(), new NewTenant(domain, "Pumps Ltd", "boss", "boss@test.example", Password, null, null) { AllowsSubtenants = allowsSubtenants });
        return (made.Id, await _silo.CallerAsync(new UserId(made.Id, "boss")));
    }

    private Task<User> ManagesTenantsAsync(Caller boss) => _silo.Grains.GetGrain<IUserGrain>(boss.User.GrainKey).Assign(boss, Authority.TenantManagementAdmin);

    private async Task ClaimAsync(Caller caller, string device) =>
        await _silo.Grains.GetGrain<IDeviceRequestGrain>(Uri.EscapeDataString(device)).Claim(caller, new NewDeviceRequest(device, null, null, null));

    /// <summary>Something of every kind that can be stored of a tenant.</summary>
    private async Task FillAsync(TenantId tenant, Caller boss)
    {
        var inventory = _silo.Grains.GetGrain<IInventoryGrain>(tenant.Value);
        var group = (await inventory.Create(boss, new NewManagedObject("group", "c8y_DeviceGroup", null, Fragments.None))).Id;
        var pump = (await inventory.Create(boss, new NewManagedObject("pump", "pump", null, Fragments.None))).Id;
        await _silo.Grains.GetGrain<IManagedObjectGrain>(group.GrainKey(tenant)).Link(boss, ChildKind.Asset, [pump]);
        var name = new ExternalId("c8y_Serial", "pump");
        await _silo.Grains.GetGrain<IExternalIdGrain>(name.GrainKey(tenant)).Bind(boss, pump);
        var device = _silo.Grains.GetGrain<IDeviceGrain>(pump.GrainKey(tenant));
        await device.AddMeasurements(boss, new MeasurementBatch([StoredSilo.Measurement]));
        await device.AddEvent(boss, new NewEvent("t", "x", TimeProvider.System.GetUtcNow(), Fragments.None));
        await device.RaiseAlarm(boss, new NewAlarm("t", "x", AlarmSeverity.Major, AlarmStatus.Active, TimeProvider.System.GetUtcNow(), Fragments.None));
        await _silo.Service<IOperationStore>().WriteAsync(
            Ask.Write(tenant, pump.Value, Permission.OperationAdmin), new Operation(new OperationId(pump, 1, 1), OperationStatus.Pending, null, null, Fragments.None), null);
        await _silo.Service<IPresenceStore>().KeepAsync(Ask.Write(tenant, pump.Value), new Presence(1, false, false));
        await _silo.Grains.GetGrain<IRetentionGrain>(tenant.Value).Create(boss, new NewRetentionRule(RetainedData.Event, null, null, null, 9, null));
        await ClaimAsync(boss, $"{tenant}-pump");
    }

    private async Task<IReadOnlyList<AuditRecord>> TrailAsync(TenantId tenant) => (await _silo.Service<IAuditLog>().FindAsync(
        Ask.Read(tenant, 0, Permission.AuditRead), new AuditQuery(null, null, null, null, null, null, true), new PageRequest(1, 2000, false))).Items;

    /// <summary>The last denial in a tenant's trail.</summary>
    private async Task<(Rule, Permission?)> WhyDeniedAsync(TenantId tenant)
    {
        var trace = (await TrailAsync(tenant)).Select(DenialRecords.Of).OfType<Denial>().MaxBy(denial => denial.Id)?.Trace ?? throw new InvalidOperationException($"The trail of {tenant} does not say why.");
        return (trace.Decision.Rule, trace.Permission);
    }

    private int[] RowsOf(TenantId tenant) => [.. Enum.GetValues<Family>().Select(family => Rows(tenant, family))];

    /// <summary>How many rows a family holds whose key names the tenant, wherever in the key a tenant can stand.</summary>
    private int Rows(TenantId tenant, Family family)
    {
        using var session = _silo.Service<RocksStore>().Read();
        using var rows = session.Database.NewIterator(session[family]);
        var count = 0;
        for (rows.SeekToFirst(); rows.Valid(); rows.Next())
        {
            var key = rows.Key().AsSpan();
            if (family == Family.Grains) key = key[(key.IndexOf((byte)0) + 1)..];
            if (family == Family.Meta) key = key[1..];
            if (key.StartsWith(Encoding.ASCII.GetBytes(tenant.Value)) && (key.Length == tenant.Value.Length || key[tenant.Value.Length] is 0 or (byte)'/')) count++;
        }
        return count;
    }

    /// <summary>Rounds from now until all that was under way must have ended.</summary>
    private async Task ForgottenAsync()
    {
        await _rounds.RunAsync();
        _clock.Advance(TimeSpan.FromSeconds(Limits.TenantRemovalLastSeconds + 1));
        await _rounds.RunAsync();
    }

    private sealed class OneRound(IGrainFactory grains, TimeProvider clock) : TenantRemovalService(grains, clock, NullLogger<TenantRemovalService>.Instance)
    {
        public Task RunAsync() => RoundAsync(CancellationToken.None);
    }
}
