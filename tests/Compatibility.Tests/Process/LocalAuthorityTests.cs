using System.Security.Cryptography.X509Certificates;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Silo.Settings;
using Bailiwick.Silo.Tls;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Compatibility.Tests;

/// <summary>The local authority through the years, by a clock that the test moves.</summary>
public sealed class LocalAuthorityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Authority_and_certificate_last_as_promised()
    {
        using var server = Obtain();
        using var authority = X509CertificateLoader.LoadCertificateFromFile(File("ca.pem"));

        Assert.Equal(Limits.LocalCertificateDaysMax, (server.NotAfter - server.NotBefore).TotalDays);
        Assert.Equal(Limits.LocalAuthorityDaysMax, (authority.NotAfter - authority.NotBefore).TotalDays);
        Assert.Equal("1.2.840.10045.3.1.7", server.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value);
        Assert.Equal("1.2.840.10045.3.1.7", authority.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value);
        Assert.Equal(
            ["localhost", "*.localhost", "t1.localhost", "management.localhost", "pump-house"],
            server.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
        Assert.Equal(["127.0.0.1", "::1"], server.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateIPAddresses().Select(address => address.ToString()));
    }

    [Fact]
    public void A_start_changes_nothing_while_the_certificate_is_good()
    {
        Obtain().Dispose();
        var before = Contents();
        _clock.Advance(TimeSpan.FromDays(Limits.LocalCertificateDaysMax - Limits.LocalCertificateRenewalDays - 1));

        Obtain().Dispose();

        Assert.Equal(before, Contents());
    }

    [Fact]
    public void A_certificate_near_its_end_is_issued_again_by_the_same_authority()
    {
        using var first = Obtain();
        var trusted = System.IO.File.ReadAllText(File("ca.pem"));
        _clock.Advance(TimeSpan.FromDays(Limits.LocalCertificateDaysMax - Limits.LocalCertificateRenewalDays + 1));
        Assert.StartsWith("would issue ", Authority().Inspect(), StringComparison.Ordinal);

        using var second = Obtain();

        Assert.NotEqual(first.Thumbprint, second.Thumbprint);
        Assert.NotEqual(first.PublicKey.ExportSubjectPublicKeyInfo(), second.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(trusted, System.IO.File.ReadAllText(File("ca.pem")));
        AssertVouchedFor(second);
    }

    [Fact]
    public void A_certificate_never_outlives_its_authority()
    {
        Obtain().Dispose();
        _clock.Advance(TimeSpan.FromDays(Limits.LocalAuthorityDaysMax - 20));

        using var last = Obtain();

        using var authority = X509CertificateLoader.LoadCertificateFromFile(File("ca.pem"));
        Assert.Equal(authority.NotAfter, last.NotAfter);
        var before = Contents();
        Obtain().Dispose();
        Assert.Equal(before, Contents());
    }

    [Fact]
    public void An_expired_authority_is_told_and_not_replaced()
    {
        Obtain().Dispose();
        var before = Contents();
        _clock.Advance(TimeSpan.FromDays(Limits.LocalAuthorityDaysMax + 1));

        Assert.Contains("ca.pem has expired", Assert.Throws<BadSettingException>(Obtain).Message, StringComparison.Ordinal);
        Assert.Equal(before, Contents());
    }

    [Fact]
    public void A_certificate_that_lacks_a_name_is_issued_again()
    {
        using var first = Obtain();

        using var second = Obtain("t7", "iot.example.org");

        Assert.NotEqual(first.Thumbprint, second.Thumbprint);
        Assert.True(second.MatchesHostname("t7.iot.example.org"));
        Assert.True(second.MatchesHostname("any.iot.example.org"));
        Assert.True(second.MatchesHostname("localhost"));
    }

    [Theory]
    [InlineData("ca.key")]
    [InlineData("ca.key", "ca.pem")]
    [InlineData("ca.key", "ca.pem", "server.key")]
    public void A_first_start_that_was_cut_short_is_completed_by_the_next(params string[] written)
    {
        Obtain().Dispose();
        foreach (var name in Names().Except(written)) System.IO.File.Delete(File(name));
        // What a crash in the middle of a write leaves.
        System.IO.File.WriteAllText(File("ca.pem.new"), "-----BEGIN CERT");
        System.IO.File.WriteAllText(File("server.pem.new"), "-----BEGIN CERT");

        using var server = Obtain();

        AssertVouchedFor(server);
    }

    [Fact]
    public void A_renewal_that_was_cut_short_is_completed_by_the_next_start()
    {
        Obtain().Dispose();
        var oldCertificate = System.IO.File.ReadAllText(File("server.pem"));
        _clock.Advance(TimeSpan.FromDays(Limits.LocalCertificateDaysMax));
        Obtain().Dispose();
        System.IO.File.WriteAllText(File("server.pem"), oldCertificate);

        using var server = Obtain();

        AssertVouchedFor(server);
    }

    [Fact]
    public void An_authority_whose_key_was_taken_away_serves_until_a_certificate_must_be_issued()
    {
        using var first = Obtain();
        System.IO.File.Delete(File("ca.key"));

        using var second = Obtain();
        Assert.Equal(first.Thumbprint, second.Thumbprint);

        _clock.Advance(TimeSpan.FromDays(Limits.LocalCertificateDaysMax));
        Assert.Contains("needs ca.key", Assert.Throws<BadSettingException>(Obtain).Message, StringComparison.Ordinal);
        Assert.Contains("needs ca.key", Assert.Throws<BadSettingException>(Authority().Inspect).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_of_another_authority_is_replaced()
    {
        Obtain().Dispose();
        var stranger = (System.IO.File.ReadAllText(File("server.pem")), System.IO.File.ReadAllText(File("server.key")));
        foreach (var name in Names()) System.IO.File.Delete(File(name));
        Obtain().Dispose();
        System.IO.File.WriteAllText(File("server.pem"), stranger.Item1);
        System.IO.File.WriteAllText(File("server.key"), stranger.Item2);

        using var server = Obtain();

        AssertVouchedFor(server);
    }

    private static string[] Names() => ["ca.key", "ca.pem", "server.key", "server.pem"];

    private string File(string name) => _folder[$"tls/{name}"];

    private LocalAuthority Authority(string tenant = "t1", string domain = "localhost") =>
        new(_folder["tls"], ServerNames.Of(new(new TenantId(tenant), domain), "Pump-House"), _clock);

    private X509Certificate2 Obtain() => Authority().Obtain();

    private X509Certificate2 Obtain(string tenant, string domain) => Authority(tenant, domain).Obtain();

    private List<string> Contents() => [.. Names().Select(name => System.IO.File.ReadAllText(File(name)))];

    private void AssertVouchedFor(X509Certificate2 server)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(File("ca.pem")));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _clock.GetUtcNow().UtcDateTime;
        Assert.True(chain.Build(server), string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation)));
        Assert.True(server.HasPrivateKey);
    }
}
