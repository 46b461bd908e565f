using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Audit;

public sealed class AuditTrailTests(OneSilo silo)
{
    private static readonly AuditQuery All = new(null, null, null, null, null, null, false);

    private IAuditLogGrain Trail(Caller caller) => silo.Grains.GetGrain<IAuditLogGrain>(caller.Tenant.Value);

    private NewAuditRecord Record() => new("Pump", "Pump serviced", "By hand", silo.Clock.GetUtcNow());

    [Fact]
    public async Task A_record_is_its_callers_with_the_time_given_and_an_ordinary_severity()
    {
        var (_, admin) = await silo.TenantAsync();
        var record = Record();
        var written = await Trail(admin).Append(admin, record);

        Assert.Equal(("boss", "INFORMATION", record.Time), (written.User, written.Severity, written.Time));
        Assert.Equal(written.Id, (await Trail(admin).Read(admin, written.Id)).Id);
        Assert.Contains((await Trail(admin).Find(admin, All, new PageRequest(1, 100, false))).Items, r => r.Id == written.Id);
    }

    [Fact]
    public async Task A_record_that_names_another_user_keeps_who_reported_it_whatever_the_body_says()
    {
        var (_, admin) = await silo.TenantAsync();
        var forged = new Fragments([new Fragment(AuditRules.ReportedBy, "\"platform\""u8.ToArray()), new Fragment("x", "1"u8.ToArray())]);
        var written = await Trail(admin).Append(admin, Record() with
        {
            User = "anna",
            Members = forged,
            Changes = [new AuditChange("password", "String", "a", "b")],
        });

        Assert.Equal("anna", written.User);
        Assert.Equal("\"boss\"", Encoding.UTF8.GetString(written.Members.Items.Single(m => m.Name == AuditRules.ReportedBy).Json));
        Assert.True(written.Members.Has("x"));
        Assert.Empty(written.Changes);
    }

    [Fact]
    public async Task Who_may_report_on_one_object_alone_reports_in_its_own_name_whatever_it_sends()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var pump = new ObjectId(301);
        silo.Service<DeviceStores>().Put(tenant, new ManagedObject(pump, null, null, "boss", default, default, Fragments.None));
        var guard = await silo.MakeAsync(admin, "guard");
        await silo.Grains.GetGrain<IUsersGrain>(tenant.Value).SetDevicePermissions(
            admin, pump, new([new UserPermissions("guard", [new Grant(GrantScope.Audit, GrantLevel.Admin, Grant.AnyType)])], []));
        var writer = await silo.MakeAsync(admin, "writer", Authority.AuditAdmin);
        var record = Record() with { Source = pump.ToString(), User = "boss" };

        Assert.Equal("guard", (await Trail(admin).Append(await silo.CallerAsync(guard.User), record)).User);
        Assert.Equal("boss", (await Trail(admin).Append(writer, record)).User);
    }

    [Fact]
    public async Task The_platforms_own_records_carry_no_reporter()
    {
        var (tenant, _) = await silo.TenantAsync();
        Assert.All(silo.Audit.Of(tenant), r => Assert.False(r.Members.Has(AuditRules.ReportedBy)));
    }

    [Fact]
    public async Task What_is_missing_is_named()
    {
        var (_, admin) = await silo.TenantAsync();
        var refusal = await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Trail(admin).Append(admin, new NewAuditRecord("", "", "", null)));
        Assert.Equal("Following mandatory fields should be included: activity,type,time,text", refusal.Message);
        refusal = await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Trail(admin).Append(admin, Record() with { Time = null }));
        Assert.Equal("Following mandatory fields should be included: time", refusal.Message);
    }

    [Fact]
    public async Task What_is_over_a_bound_or_no_severity_is_refused()
    {
        var (_, admin) = await silo.TenantAsync();
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Trail(admin).Append(admin, Record() with { Severity = "BAD" }));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Trail(admin).Append(admin, Record() with { Text = new string('x', Limits.AuditTextCharsMax + 1) }));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Trail(admin).Append(admin, Record() with { Type = new string('x', 2_000) }));
        var large = new Fragments([new Fragment("x", new byte[Limits.AuditRecordBytesMax + 1])]);
        await OneSilo.RefusedAsync(RefusalKind.TooLarge, () => Trail(admin).Append(admin, Record() with { Members = large }));
    }

    [Fact]
    public async Task Reading_is_apart_from_appending_and_neither_reaches_another_tenant()
    {
        var (_, admin) = await silo.TenantAsync();
        var (_, stranger) = await silo.TenantAsync();
        var reader = await silo.MakeAsync(admin, "reader", Authority.AuditRead);
        var writer = await silo.MakeAsync(admin, "writer", Authority.AuditAdmin);

        var written = await Trail(admin).Append(writer, Record());
        await Trail(admin).Read(reader, written.Id);
        await Trail(admin).Find(reader, All, PageRequest.First);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Trail(admin).Append(reader, Record()));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Trail(admin).Read(writer, written.Id));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Trail(admin).Find(writer, All, PageRequest.First));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Trail(admin).Read(stranger, written.Id));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Trail(admin).Append(stranger, Record()));
        await OneSilo.RefusedAsync(RefusalKind.Denied, async () => await Trail(admin).Find(await silo.OperatorAsync(), All, PageRequest.First));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Trail(admin).Read(reader, 999_999));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.Grains.GetGrain<IAuditTrail>(admin.Tenant.Value).Record(admin, Record()));
    }
}
